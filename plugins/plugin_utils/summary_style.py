# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the summary page looks, and the little that it does. Constants: both go into the page as they are."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--paper:#faf9f5;--card:#fff;--ink:#1c232d;--soft:#59626f;--line:#dcd9d0;
--accent:#0b5c63;
--high:#96182c;--high-bg:#fbecee;--medium:#7a4d00;--medium-bg:#fbf3e0;--bar:#0b5c63;--bar-now:#96182c}
@media (prefers-color-scheme:dark){:root{--paper:#12161b;--card:#1a2027;--ink:#e9e6df;--soft:#a3abb6;
--line:#323a45;--accent:#7fd0cc;
--high:#ff9aa5;--high-bg:#33191f;--medium:#f0c263;--medium-bg:#2d2614;--bar:#5fb8b4;--bar-now:#ff9aa5}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums lining-nums}
h1,h2{font-family:"Iowan Old Style","Palatino Linotype",Palatino,Georgia,serif;font-weight:600;line-height:1.2;
text-wrap:balance}
h1{font-size:2.25rem;margin:0 0 .4rem}h2{font-size:1.4rem;margin:0 0 1rem}h3{font-size:1rem;margin:0 0 .6rem}
main,header,footer{max-width:76rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3rem;padding-bottom:1.5rem}header p{margin:0;color:var(--soft);max-width:46rem}
section{padding:2rem 0;border-top:1px solid var(--line)}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible{outline:3px solid var(--accent);
outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;
z-index:1}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;list-style:none;padding:0;margin:1.2rem 0 0;font-size:.95rem}
.totals{display:grid;grid-template-columns:repeat(4,1fr);gap:0;margin:0;
border:1px solid var(--line);background:var(--card)}
.totals div{padding:1rem 1.2rem;box-shadow:1px 1px 0 0 var(--line)}
.totals dt{color:var(--soft);font-size:.85rem}.totals dd{margin:.1rem 0 0;font-size:1.75rem;line-height:1.2;
font-weight:600}
.totals .high dd{color:var(--high)}.totals .medium dd{color:var(--medium)}
.group{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--medium);
padding:1rem 1.2rem .6rem;margin-bottom:1rem}
.group.high{border-left-color:var(--high)}.group h3{display:flex;flex-wrap:wrap;gap:.6rem;align-items:baseline;
margin:0 0 .5rem}
.tag{font-size:.8rem;font-weight:600;padding:.05rem .55rem;color:var(--medium);background:var(--medium-bg)}
.high .tag{color:var(--high);background:var(--high-bg)}.count{color:var(--soft);font-weight:400}
.group ul{list-style:none;margin:0;padding:0}
.group li{display:flex;flex-wrap:wrap;gap:0 1.5rem;justify-content:space-between;padding:.35rem 0;
border-top:1px solid var(--line)}
.group li span{flex:1 1 24rem;overflow-wrap:anywhere}.group small{color:var(--soft);white-space:nowrap}
.group details{margin:0;padding:.5rem 0 .3rem;border-top:1px solid var(--line)}.group details li:first-child{
margin-top:.5rem}
.calm{padding:1rem 1.2rem;background:var(--card);border-left:4px solid var(--accent);margin:0}
.chart{width:100%;min-width:42rem;height:auto;display:block}
.chart text{fill:var(--soft);font-size:13px;text-anchor:middle}
.chart .value{fill:var(--ink);font-weight:600}
.chart rect{fill:var(--bar)}.chart .soon{fill:var(--bar-now)}.chart line{stroke:var(--line)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;width:100%;font-size:.92rem}caption{text-align:left;color:var(--soft);
padding-bottom:.6rem}
th,td{text-align:left;padding:.55rem .8rem .55rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}thead th{font-weight:600;white-space:nowrap;vertical-align:bottom}
td:nth-of-type(2),td:nth-of-type(4),td a{white-space:nowrap}
th[scope=row]{font-weight:500;min-width:11rem;overflow-wrap:anywhere}td small,th small{display:block;
color:var(--soft);font-weight:400}
.bad{color:var(--high);font-weight:600}.warn{color:var(--medium);font-weight:600}.zero{color:var(--soft)}
thead button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
thead button::after{content:" \\2195";color:var(--soft)}th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
.filters{display:none;flex-wrap:wrap;gap:.8rem 1.2rem;align-items:end;margin-bottom:1rem}.script .filters{
display:flex}
.filters label{display:grid;gap:.2rem;font-size:.85rem;color:var(--soft)}
.filters input,.filters select{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--soft);
padding:.4rem .6rem;min-width:11rem}
.filters p{margin:0;color:var(--soft)}.columns{display:grid;
grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:2rem 3rem}
.share{display:block;width:100%;height:4px;margin-top:.3rem}.share rect{fill:var(--bar)}
details{margin-top:1rem}summary{cursor:pointer;color:var(--accent)}
footer{color:var(--soft);font-size:.85rem;padding-top:1rem;padding-bottom:3rem;border-top:1px solid var(--line)}
@media (max-width:40rem){header{padding-top:2rem}h1{font-size:1.7rem}.totals{grid-template-columns:repeat(2,1fr)}
main,header,footer{padding-left:1rem;padding-right:1rem}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--accent:#000;--high:#96182c;
--high-bg:#fff;--medium:#7a4d00;--medium-bg:#fff;--bar:#444;--bar-now:#96182c}
nav,.filters,.skip{display:none!important}body{font-size:10pt}section{padding:1rem 0}tr,li,.totals div{
break-inside:avoid}thead{display:table-header-group}a{text-decoration:none}.scroll{overflow:visible}}
"""
# Sorts and filters the table. Without it, the table is as it is.
SCRIPT = """
(function(){
document.documentElement.classList.add("script");
var table=document.getElementById("authorities");
if(!table)return;
var body=table.tBodies[0],rows=Array.prototype.slice.call(body.rows),heads=table.tHead.rows[0].cells;
var find=document.getElementById("find"),status=document.getElementById("status"),
told=document.getElementById("told");
function value(row,i){var c=row.cells[i];
return c.hasAttribute("data-sort")?c.getAttribute("data-sort"):c.textContent.trim();}
function compare(a,b){var x=Number(a),y=Number(b);
return a!==""&&b!==""&&!isNaN(x)&&!isNaN(y)?x-y:a.localeCompare(b);}
Array.prototype.forEach.call(heads,function(head,i){
var button=document.createElement("button");button.type="button";button.textContent=head.textContent;
head.textContent="";head.appendChild(button);
button.addEventListener("click",function(){
var down=head.getAttribute("aria-sort")==="ascending";
Array.prototype.forEach.call(heads,function(each){each.removeAttribute("aria-sort");});
head.setAttribute("aria-sort",down?"descending":"ascending");
rows.sort(function(a,b){var order=compare(value(a,i),value(b,i));return down?-order:order;});
rows.forEach(function(row){body.appendChild(row);});
});});
function filter(){
var words=find.value.toLowerCase(),only=status.value,shown=0;
rows.forEach(function(row){
var show=row.textContent.toLowerCase().indexOf(words)>=0&&(only===""||row.getAttribute("data-status")===only);
row.hidden=!show;if(show)shown++;});
told.textContent=shown+" of "+rows.length+" CAs shown";}
find.addEventListener("input",filter);status.addEventListener("change",filter);filter();
})();
"""
